// The entry of the PIN, in a world of its own. One character a call: no script text and no string
// of ours ever holds two. Every call checks again that the page is what was agreed.
(() => {
  const getter = (name) =>
    Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, name).get;
  const setValue =
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const bare = (address) => String(address).split(/[?#]/u)[0];
  const usable = (field) =>
    field.getClientRects().length > 0 && !field.disabled && !field.readOnly;
  const LOGON = /^(ログオン|ログイン|logon|login)$/iu;
  let field = null;

  const asAgreed = () => {
    if (location.origin !== ORIGIN) return false;
    const found = [...document.querySelectorAll("input[type=password]")].filter(
      (one) => usable(one) && (FIELD === "" || one.matches(FIELD)));
    if (found.length !== 1 || (field !== null && found[0] !== field)) return false;
    const form = found[0].form;
    if (!form || bare(getter("action").call(form)) !== TARGET) return false;
    if (String(getter("method").call(form)).toLowerCase() !== "post") return false;
    return found[0];
  };
  const submitters = (form) =>
    [...form.querySelectorAll("button, input[type=submit], input[type=button], input[type=image], a")]
      .filter((one) => one.getClientRects().length > 0 && !one.disabled);
  const submitterOf = (form) => {
    const named = submitters(form).filter((one) =>
      LOGON.test(String(one.innerText || one.value || one.alt || "").replace(/\s+/gu, "")));
    if (named.length === 1) return named[0];
    const plain = submitters(form).filter((one) => one.type === "submit" || one.type === "image");
    return plain.length === 1 ? plain[0] : null;
  };

  globalThis.certhelperPin = {
    begin(length) {
      const found = asAgreed();
      if (!found) return "page-changed";
      if (found.maxLength >= 0 && length > found.maxLength) return "field-too-short";
      field = found;
      field.focus();
      setValue.call(field, "");
      return "ok";
    },
    add(character) {
      if (field === null || asAgreed() !== field) return "page-changed";
      setValue.call(field, field.value + character);
      field.dispatchEvent(new InputEvent("input",
        { bubbles: true, inputType: "insertText" }));
      return "ok";
    },
    size() {
      return field === null ? "gone" : String(field.value.length);
    },
    clear() {
      if (field !== null) setValue.call(field, "");
      field = null;
      return "ok";
    },
    submit(length) {
      if (field === null || asAgreed() !== field) return "page-changed";
      if (field.value.length !== length) { this.clear(); return "not-taken"; }
      field.dispatchEvent(new Event("change", { bubbles: true }));
      if (asAgreed() !== field) { this.clear(); return "page-changed"; }
      const form = field.form;
      const submitter = submitterOf(form);
      const elsewhere = submitter && submitter.hasAttribute("formaction") &&
        bare(submitter.formAction) !== TARGET;
      if (elsewhere) { this.clear(); return "page-changed"; }
      field = null;
      // The answer goes out before the page starts to leave.
      setTimeout(() => { submitter ? submitter.click() : form.requestSubmit(); }, 0);
      return "submitted";
    },
  };
  return "ready";
})()
