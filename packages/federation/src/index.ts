export * from './certificate-authority.ts';
export * from './policy.ts';
