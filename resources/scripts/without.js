// In the page's own world, before any of its scripts: what has no switch to turn it off by.
// fence.py stops what they would send; this lets a page see at once that they are not there.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"]) {
  delete window[name];
}
// Passkeys: the switch takes their interface away and leaves the call, which then waits for a
// security key (tried), or has Windows ask the person.
delete Navigator.prototype.credentials;
