// Typing a secret into a field, one character a call. No script text of ours ever holds two, and
// the field itself is the only place where the whole stands: what is compared is its length and
// one character at a time. AGREED() returns the field as long as the page is what was agreed, and
// null otherwise; every call asks it again. Methods are called through their prototypes, because
// a page can shadow them with a form control's name.
const getter = (kind, name) => Object.getOwnPropertyDescriptor(kind.prototype, name).get;
const usable = (one) => one.getClientRects().length > 0 && !one.disabled && !one.readOnly;
const typingInto = (agreed) => {
  const valueOf = getter(HTMLInputElement, "value");
  const setValue = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const active = getter(Document, "activeElement");
  let field = null;
  let count = 0;
  let checked = 0;
  const stands = () => field !== null && agreed(field) === field;
  const length = () => valueOf.call(field).length;
  const endsWith = (character) => valueOf.call(field).endsWith(character);
  return {
    begin(wanted) {
      const found = agreed(null);
      if (!found) return "page-changed";
      if (found.maxLength >= 0 && wanted > found.maxLength) return "field-too-short";
      field = found;
      count = 0;
      checked = 0;
      setValue.call(field, "");
      return "ok";
    },
    // For keys only: of a field that has the focus the engine tells its input methods the whole
    // text after every change, with copies in two processes (blink TextInputState).
    focus() {
      if (!stands()) return "page-changed";
      HTMLElement.prototype.focus.call(field);
      return "ok";
    },
    add(character) {
      if (!stands()) return "page-changed";
      if (length() !== count) return "not-taken";
      HTMLInputElement.prototype.setRangeText.call(field, character, count, count, "end");
      count += 1;
      field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
      return length() === count && endsWith(character) ? "ok" : "not-taken";
    },
    // One key event was sent; says whether it has arrived where it should.
    typed(character) {
      if (!stands() || active.call(document) !== field) return "page-changed";
      if (length() === count) return "wait";
      if (length() !== count + 1 || !endsWith(character)) return "not-taken";
      count += 1;
      return "ok";
    },
    // Every character once more, from the first: a page may have changed one behind our back.
    check(character) {
      if (!stands()) return "page-changed";
      if (length() !== count || valueOf.call(field).charAt(checked) !== character) {
        return "not-taken";
      }
      checked += 1;
      return "ok";
    },
    clear() {
      if (field !== null) setValue.call(field, "");
      field = null;
      return "ok";
    },
    // The field, if all that was wanted stands in it and was checked.
    complete(wanted) {
      return stands() && length() === wanted && checked === wanted ? field : null;
    },
  };
};
const callable = (methods) => (name, argument) => {
  try {
    return methods[name](argument);
  } catch {
    return "page-changed";
  }
};
