export * from './certificate-authority.ts';
export { type PolicyDecision, ruleNamedIn } from './edge-proxy.ts';
export * from './federation.ts';
export * from './hop-names.ts';
export * from './lync-domain.ts';
export type { PartnerPool } from './partner-pool.ts';
export * from './people.ts';
export * from './policy.ts';
export type { Availability, Contact } from './user-services.ts';
