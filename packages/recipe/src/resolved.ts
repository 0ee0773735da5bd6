export * from './resolved/diffusion';
export * from './resolved/network';
export * from './resolved/recipe';
export * from './resolved/sampling';
export * from './resolved/streams';
