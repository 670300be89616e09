import type { FloorRequest } from './floor-requests.ts';
import type { FloorUser } from './floor-server.ts';
import { type BfcpAttribute, REQUEST_STATUSES } from './message.ts';

/** @see RFC 8855 §5.2.18 */
export function overallRequestStatus(request: FloorRequest): BfcpAttribute {
  const status: BfcpAttribute = {
    name: 'REQUEST-STATUS',
    status: REQUEST_STATUSES[request.status],
    queuePosition: request.queuePosition,
  };
  return { name: 'OVERALL-REQUEST-STATUS', id: request.id, attributes: [status] };
}

/** All about one request. @see RFC 8855 §5.2.15 */
export function requestInformation(
  request: FloorRequest,
  userOf: (userId: number) => FloorUser | undefined,
): BfcpAttribute {
  const beneficiary = userOf(request.beneficiaryId);
  const requester = request.userId === request.beneficiaryId ? undefined : userOf(request.userId);
  const attributes: BfcpAttribute[] = [
    overallRequestStatus(request),
    ...request.floorIds.map((id): BfcpAttribute => ({ name: 'FLOOR-REQUEST-STATUS', id, attributes: [] })),
  ];
  if (beneficiary !== undefined) attributes.push(userInformation('BENEFICIARY-INFORMATION', beneficiary));
  if (requester !== undefined) attributes.push(userInformation('REQUESTED-BY-INFORMATION', requester));
  attributes.push({ name: 'PRIORITY', priority: request.priority });
  if (request.info !== '') attributes.push({ name: 'PARTICIPANT-PROVIDED-INFO', text: request.info });
  return { name: 'FLOOR-REQUEST-INFORMATION', id: request.id, attributes };
}

/** @see RFC 8855 §5.2.14, §5.2.16 */
export function userInformation(
  name: 'BENEFICIARY-INFORMATION' | 'REQUESTED-BY-INFORMATION',
  user: FloorUser,
): BfcpAttribute {
  const attributes: BfcpAttribute[] = [
    { name: 'USER-DISPLAY-NAME', text: user.displayName },
    { name: 'USER-URI', text: user.uri },
  ];
  return { name, id: user.userId, attributes };
}
