const DECORATED = /^([^()@]{1,64})\(([^()@]{1,255})\)@([^()@]{1,255})$/;

/** A person of one domain as a provider's name: `alice@contoso.com` is `alice(contoso.com)@msn.com`; who is of the provider's domain already stays. @see FEDERATION §2 URI */
export function decorate(address: string, decorationDomain: string): string {
  const at = address.lastIndexOf('@');
  const [user, domain] = [address.slice(0, at), address.slice(at + 1)];
  if (at <= 0 || domain.toLowerCase() === decorationDomain.toLowerCase() || DECORATED.test(address)) return address;
  return `${user}(${domain})@${decorationDomain}`;
}

/** The person behind a decorated name of that domain; any other name as it is. */
export function undecorate(address: string, decorationDomain: string): string {
  const [, user, domain, provider] = DECORATED.exec(address) ?? [];
  return provider?.toLowerCase() === decorationDomain.toLowerCase() ? `${user}@${domain}` : address;
}
