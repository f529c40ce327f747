// The password fields of one frame, for the software keyboard, in a world of its own. The typing
// itself is typing.js; nothing is ever submitted from here.
(() => {
  const inDocument = (selector) =>
    [...Document.prototype.querySelectorAll.call(document, selector)];
  const active = getter(Document, "activeElement");
  const LABEL_LIMIT = 200;
  const fields = [];
  const usableFields = () => inDocument("input[type=password]").filter(usable);
  const words = (element) => String(element?.innerText ?? "").trim();
  const byIds = (ids) =>
    String(ids ?? "").split(/\s+/u).filter(Boolean)
      .map((id) => words(Document.prototype.getElementById.call(document, id))).join(" ");
  // What a person reads beside the field: its label, or the cell in front of it.
  const labelOf = (field) => {
    const cell = field.closest("td, dd");
    const candidates = [
      [...(field.labels ?? [])].map(words).join(" "),
      byIds(Element.prototype.getAttribute.call(field, "aria-labelledby")),
      Element.prototype.getAttribute.call(field, "aria-label"),
      words(cell?.previousElementSibling),
      field.title,
      field.placeholder,
    ];
    return String(candidates.find((one) => String(one ?? "").trim() !== "") ?? "");
  };
  let chosen = null;
  let limit = -1;
  const stands = (field) => {
    if (chosen === null || !usableFields().includes(chosen)) return null;
    return (field === null || field === chosen) && chosen.maxLength === limit ? chosen : null;
  };
  const methods = {
    ...typingInto(stands),
    choose(number) {
      chosen = fields[number] ?? null;
      limit = chosen === null ? -1 : chosen.maxLength;
      return stands(null) === null ? "page-changed" : "ok";
    },
  };
  for (const field of usableFields()) fields.push(field);
  globalThis.certhelperField = callable(methods);
  return JSON.stringify({
    url: location.href,
    inside: ["IFRAME", "FRAME"].includes(active.call(document)?.tagName),
    text: String(document.body?.innerText ?? "").slice(0, 100000),
    fields: fields.map((field, number) => ({
      number,
      label: labelOf(field).slice(0, LABEL_LIMIT),
      focused: active.call(document) === field,
      maximum: field.maxLength >= 0 ? field.maxLength : null,
    })),
  });
})()
