/** Names of headers that responses copy from their request, and any other. */
export type HeaderName = 'Via' | 'From' | 'To' | 'Call-ID' | 'CSeq' | 'Record-Route' | 'Contact' | (string & {});
