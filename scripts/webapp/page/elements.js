/** Making and finding elements; what others wrote gets in as text only. */

/** Return the element with this id, which index.html has. */
export function find(id) {
  return document.getElementById(id);
}

/** Return a new element; `properties` are set as they are, `data` as data attributes. */
export function make(tag, { data = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
}

/** Return a copy of a template's one element. */
export function copy(templateId) {
  return find(templateId).content.firstElementChild.cloneNode(true);
}

/** What this browser has kept under a name; `otherwise` where there is nothing, or nothing of its kind. */
export function recall(name, otherwise) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    return kept?.constructor === otherwise.constructor ? kept : otherwise;
  } catch {
    return otherwise; // kept by another version, or nothing may be kept at all
  }
}

/** Keep a value under a name, where this browser keeps anything. */
export function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // full, or forbidden: the page works without it
  }
}

/** Set an element's text, and touch the document only where it changes. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide an element. */
export function show(element, isShown) {
  element.hidden = !isShown;
}

/** Draw a progress bar, or hide it where `fraction` is null. */
export function drawProgress(bar, fraction) {
  show(bar, fraction !== null);
  if (fraction === null) return;
  bar.setAttribute("aria-valuenow", String(Math.round(100 * fraction)));
  bar.firstElementChild.style.transform = `scaleX(${fraction})`;
}

/** Bring `elements` into this order inside `parent`; those in place are not moved, so focus stays. */
export function arrange(parent, elements) {
  const wanted = new Set(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const element of elements) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}
