import { correctCumsumGradient } from './cumsum';
import { correctGatherGradient } from './gather';

let registered: Promise<void> | undefined;

async function register(): Promise<void> {
  // package.json maps the name: to a file of the build, in browsers to tfjs-core's gradients. It exports nothing, and declarations
  // are built before it is there.
  await import('#tfjs-registrations' as string);
  correctCumsumGradient();
  correctGatherGradient();
}

/**
 * Registers the gradients of all ops with tfjs, right ones where its own are wrong, and in Node also the methods of tensors, as
 * `x.add(y)`. `openEngine` does so; who opens a backend by another door needs it before anything is differentiated.
 */
export const registerGradients = (): Promise<void> => (registered ??= register());
