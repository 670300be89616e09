import { sipeOver } from './sipe-steps.ts';

export default sipeOver('tls', 'TLS, whose certificate it was given beforehand');
