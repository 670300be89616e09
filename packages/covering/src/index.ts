export * from './checker.ts';
export * from './condition.ts';
export * from './cover.ts';
export { BadCondition, evaluate, resolve } from './expression.ts';
export * from './model.ts';
export * from './pict-fault.ts';
export * from './pict-model.ts';
export * from './rows.ts';
