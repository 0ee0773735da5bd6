export * from './inverse-objective';
export * from './objective';
export * from './registry';
export * from './relaxations/gumbel-softmax';
export * from './relaxations/registry';
export * from './relaxations/relaxation';
export * from './relaxations/simplex';
export * from './relaxations/straight-through';
