/** Gradients of ops, for who differentiates on a backend that was not opened by `openEngine`. */
export { registerGradients } from './gradients/register';
