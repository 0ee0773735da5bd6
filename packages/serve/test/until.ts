import type { TextServer } from '../src';

/** Waits until something holds, however long that takes. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Texts that a server is asked for and has not ended. */
export async function textsIn(app: TextServer['app'], headers: Record<string, string> = {}): Promise<number> {
  const numbers = await (await app.request('/metrics', { headers })).text();
  return Number(/^idlm_texts_in_server (\d+)$/m.exec(numbers)![1]);
}
