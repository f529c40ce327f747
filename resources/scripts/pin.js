// The entry of the PIN, in a world of its own, into the one field that was agreed; then its form
// is submitted, once. The typing itself is typing.js.
(() => {
  const action = getter(HTMLFormElement, "action");
  const method = getter(HTMLFormElement, "method");
  const frame = getter(HTMLFormElement, "target");
  const inForm = (form, selector) => [...Element.prototype.querySelectorAll.call(form, selector)];
  const bare = (address) => String(address).split(/[?#]/u)[0];
  const here = (name) => name === "" || name === "_self" || name === "_top";
  const LOGON = /^(ログオン|ログイン|logon|login)$/iu;

  const asAgreed = (field) => {
    if (location.origin !== ORIGIN) return null;
    const found = [...Document.prototype.querySelectorAll.call(document, "input[type=password]")]
      .filter((one) => usable(one) && (FIELD === "" || one.matches(FIELD)));
    if (found.length !== 1 || (field !== null && found[0] !== field)) return null;
    const form = found[0].form;
    if (!form || bare(action.call(form)) !== TARGET || !here(frame.call(form))) return null;
    return String(method.call(form)).toLowerCase() === "post" ? found[0] : null;
  };
  const submitterOf = (form) => {
    const all = inForm(form,
      "button, input[type=submit], input[type=button], input[type=image], a")
      .filter((one) => one.getClientRects().length > 0 && !one.disabled);
    const named = all.filter((one) =>
      LOGON.test(String(one.innerText || one.value || one.alt || "").replace(/\s+/gu, "")));
    if (named.length === 1) return named[0];
    const plain = all.filter((one) => one.type === "submit" || one.type === "image");
    return plain.length === 1 ? plain[0] : null;
  };
  const leadsElsewhere = (one) =>
    (one.hasAttribute("formaction") && bare(one.formAction) !== TARGET) ||
    (one.hasAttribute("formmethod") && one.formMethod !== "post") ||
    (one.hasAttribute("formtarget") && !here(one.formTarget));

  const typing = typingInto(asAgreed);
  const submit = (wanted) => {
    const field = typing.complete(wanted);
    if (field === null) return "page-changed";
    const form = field.form;
    const submitter = submitterOf(form);
    if (submitter && leadsElsewhere(submitter)) return "page-changed";
    // The answer goes out before the page starts to leave.
    setTimeout(() => {
      if (submitter) HTMLElement.prototype.click.call(submitter);
      else HTMLFormElement.prototype.requestSubmit.call(form);
    }, 0);
    return "submitted";
  };
  globalThis.certhelperPin = callable({ ...typing, submit });
  return "ready";
})()
