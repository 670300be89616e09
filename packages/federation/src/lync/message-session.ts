/** An IM session as Lync's clients describe it. @see FEDERATION §1.2 */
export const MESSAGE_SESSION =
  'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r\na=accept-types:text/plain text/html multipart/alternative\r\n';
