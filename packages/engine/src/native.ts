/** libtensorflow alone. Loading this needs koffi's binary for the platform. */
export { InputError } from './errors';
export { type NativeOptions, openNative } from './native/open-native';
