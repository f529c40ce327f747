// Takes what was typed out of the page's password fields, whatever has become of the PIN's own.
(() => {
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  globalThis.certhelperPin?.("clear");
  for (const field of Document.prototype.querySelectorAll.call(document, "input[type=password]")) {
    setValue.call(field, "");
  }
  return "ok";
})()
