import { hubSettings } from '@idlm/hub';
import { type Finding, finding } from './finding';

/** Whether there is a token for the Hugging Face Hub, which is never shown; the Hub itself is not asked. */
export const examineHub = (): Promise<Finding> =>
  finding('Hub token', async () => {
    const { token, endpoint, offline } = hubSettings();
    const whose = `${endpoint}${offline ? ', which is not asked (HF_HUB_OFFLINE)' : ''}`;
    if (token) return { state: 'ok', found: `set, for ${whose}` };
    const found = `none for ${whose}; models that all may read are pulled without`;
    return { state: 'absent', found, advice: 'set HF_TOKEN to push models, or to pull others' };
  });
