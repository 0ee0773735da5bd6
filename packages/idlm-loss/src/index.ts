export * from './objective';
export * from './relaxation';
