export * from './exact/absorbing';
