import { escapeXml } from './xml.ts';

/** What a front end tells its clients about the deployment. */
export interface Provisioning {
  readonly domain: string;
  /** Undefined: conferences are not offered. */
  readonly focusFactoryUri?: string | undefined;
  /** `ucPC2PCAVEncryption`. */
  readonly encryption?: 'SupportEncryption' | 'RequireEncryption' | 'DoNotSupportEncryption';
}

/** `vnd-microsoft-provisioning-v2`: the groups that clients ask for. @see [MS-SIPREGE] §3.10; FEDERATION §1.4 */
export function provisioningXml({ domain, focusFactoryUri, encryption = 'SupportEncryption' }: Provisioning): string {
  const factory =
    focusFactoryUri === undefined ? '' : `<focusFactoryUri>${escapeXml(focusFactoryUri)}</focusFactoryUri>`;
  const groups = [
    `<provisionGroup name="ServerConfiguration">${factory}<ucPC2PCAVEncryption>${encryption}</ucPC2PCAVEncryption><ucPortRangeEnabled>false</ucPortRangeEnabled><organization>${escapeXml(domain)}</organization></provisionGroup>`,
    '<provisionGroup name="meetingPolicy"/>',
    '<provisionGroup name="persistentChatConfiguration"><propertyEntryList><property name="EnablePersistentChat">false</property></propertyEntryList></provisionGroup>',
    '<provisionGroup name="ucPolicy"/>',
  ];
  return `<provisionGroupList xmlns="http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification">${groups.join('')}</provisionGroupList>`;
}
