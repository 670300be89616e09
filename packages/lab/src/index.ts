export * from './cell.ts';
export * from './lab.ts';
export * from './lease.ts';
export * from './offer.ts';
export { openPglite } from './sql-pglite.ts';
export { openPostgres } from './sql-postgres.ts';
export { SqlStorage } from './sql-storage.ts';
export type { RunSpec, RunStatus, Storage, StorageTransaction, WorkerStatus } from './storage.ts';
export { StoreFault, type StoreFaultCode } from './store-fault.ts';
