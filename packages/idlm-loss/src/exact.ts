export * from './exact/absorbing';
export * from './exact/objective';
export * from './exact/quadrature';
export * from './exact/space';
export * from './exact/surrogate';
export * from './exact/uniform';
export * from './exact/verify';
