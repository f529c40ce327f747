// The entry of the PIN, in a world of its own. One character a call: no script text of ours ever
// holds two. Every call checks again that the page is what was agreed. Methods are called through
// their prototypes, because a page can shadow them with a form control's name.
(() => {
  const getter = (kind, name) => Object.getOwnPropertyDescriptor(kind.prototype, name).get;
  const action = getter(HTMLFormElement, "action");
  const method = getter(HTMLFormElement, "method");
  const frame = getter(HTMLFormElement, "target");
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const inDocument = (selector) =>
    [...Document.prototype.querySelectorAll.call(document, selector)];
  const inForm = (form, selector) => [...Element.prototype.querySelectorAll.call(form, selector)];
  const active = getter(Document, "activeElement");
  const bare = (address) => String(address).split(/[?#]/u)[0];
  const here = (name) => name === "" || name === "_self" || name === "_top";
  const usable = (one) => one.getClientRects().length > 0 && !one.disabled && !one.readOnly;
  const LOGON = /^(ログオン|ログイン|logon|login)$/iu;
  let field = null;
  let expected = "";

  const asAgreed = () => {
    if (location.origin !== ORIGIN) return null;
    const found = inDocument("input[type=password]").filter(
      (one) => usable(one) && (FIELD === "" || one.matches(FIELD)));
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
  const take = (value) => {
    setValue.call(field, value);
    field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
  };

  const entry = {
    begin(length) {
      const found = asAgreed();
      if (!found) return "page-changed";
      if (found.maxLength >= 0 && length > found.maxLength) return "field-too-short";
      field = found;
      HTMLElement.prototype.focus.call(field);
      setValue.call(field, "");
      return "ok";
    },
    add(character) {
      if (field === null || asAgreed() !== field) return "page-changed";
      if (field.value !== expected) return "not-taken";
      expected += character;
      take(expected);
      return field.value === expected ? "ok" : "not-taken";
    },
    // One key event was sent; says whether it has arrived where it should.
    typed(character) {
      if (field === null || asAgreed() !== field) return "page-changed";
      if (active.call(document) !== field) return "page-changed";
      if (field.value === expected) return "wait";
      if (field.value !== expected + character) return "not-taken";
      expected += character;
      return "ok";
    },
    clear() {
      if (field !== null) setValue.call(field, "");
      field = null;
      expected = "";
      return "ok";
    },
    submit(length) {
      if (field === null || asAgreed() !== field) return "page-changed";
      if (field.value !== expected || expected.length !== length) return "not-taken";
      const form = field.form;
      const submitter = submitterOf(form);
      if (submitter && leadsElsewhere(submitter)) return "page-changed";
      expected = "";
      // The answer goes out before the page starts to leave.
      setTimeout(() => {
        if (submitter) HTMLElement.prototype.click.call(submitter);
        else HTMLFormElement.prototype.requestSubmit.call(form);
      }, 0);
      return "submitted";
    },
  };
  globalThis.certhelperPin = (name, argument) => {
    try {
      return entry[name](argument);
    } catch {
      return "page-changed";
    }
  };
  return "ready";
})()
