import { type TrainEvent, numbersOf } from './events';
import { type Message, bytesField, doubleField, floatField, integerField, message } from './protobuf';

/** `Event` of TensorBoard: seconds since 1970, step, and one content. Source: tensorboard/compat/proto/event.proto. */
const event = (seconds: number, step: number, content: Message): Message =>
  message(doubleField(1, seconds), ...(step ? [integerField(2, step)] : []), content);

/** The first record of every file. */
export const versionEvent = (seconds: number): Message => event(seconds, 0, bytesField(3, 'brain.Event:2'));

/** `SessionLog.START`: a session begins at a step. At all but the first of a run readers drop what they have of this step and later ones. */
export const sessionEvent = (seconds: number, step: number): Message =>
  event(seconds, step, bytesField(7, integerField(1, 1)));

/** `Summary.Value` of a number. */
const scalarValue = (name: string, value: number): Message =>
  bytesField(1, message(bytesField(1, name), floatField(2, value)));

/** `Summary.Value` of texts: a string tensor [n] for the text plugin. */
function textValue(name: string, texts: readonly string[]): Message {
  const STRING = 7;
  const TENSOR_CLASS = 2;
  const shape = bytesField(2, integerField(1, texts.length));
  const tensor = message(integerField(1, STRING), bytesField(2, shape), ...texts.map((text) => bytesField(8, text)));
  const metadata = message(bytesField(1, bytesField(1, 'text')), integerField(4, TENSOR_CLASS));
  return bytesField(1, message(bytesField(1, name), bytesField(9, metadata), bytesField(8, tensor)));
}

/** What TensorBoard shows of an event; undefined for those it does not show. */
export function summaryOf(of: TrainEvent, seconds: number): Message | undefined {
  const numbers = numbersOf(of);
  if (numbers) {
    const speed: Record<string, number> =
      of.kind === 'metrics' ? { 'speed/tokens-per-second': of.tokensPerSecond } : {};
    const values = Object.entries({ ...numbers, ...speed });
    const summary = message(...values.map(([name, value]) => scalarValue(name, value)));
    return event(seconds, of.step, bytesField(5, summary));
  }
  if (of.kind !== 'samples') return undefined;
  const texts = of.texts.map(({ text }) => text);
  return event(seconds, of.step, bytesField(5, textValue('samples', texts)));
}
