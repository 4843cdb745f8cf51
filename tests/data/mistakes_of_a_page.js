// What keeps people from reading a page or from using it without a mouse or without seeing it, as lines of text: text
// whose contrast is below 4.5 (3 where it is large), controls without a name, ids that stand twice, levels of headings
// left out, pictures that hide nothing and say nothing, boxes that only a mouse can scroll.
() => {
  const mistakes = [];
  const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && element.getBoundingClientRect().width > 1;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const named = (element) => `${element.tagName} #${element.id} .${element.getAttribute("class")} ${element.outerHTML.slice(0, 160)}`;

  // Colours as the browser draws them, whatever they are written in.
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => (part * a + below[i] * (255 - a)) / 255);
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    return over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const tooFaint = (element, style) => {
    const ground = behind(element);
    const [a, b] = [light(over(rgba(style.color), ground)), light(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    return contrast < (isLarge ? 3 : 4.5) && contrast.toFixed(2);
  };
  for (const element of all("body *")) {
    const isOff = element.closest(":disabled, [aria-disabled=true], [aria-hidden=true]");
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
      || element.value && !["checkbox", "radio"].includes(element.type);
    const faint = !isOff && hasText && tooFaint(element, getComputedStyle(element));
    if (faint) mistakes.push(`contrast ${faint}: ${named(element)}`);
    const isScrolled = ["auto", "scroll"].includes(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth + 1
      || ["auto", "scroll"].includes(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight + 1;
    if (isScrolled && element.tabIndex < 0 && !element.querySelector("a, button, input, textarea, [tabindex]") && element.tagName !== "TEXTAREA")
      mistakes.push(`scrolled by a mouse alone: ${named(element)}`);
  }

  for (const element of all("input, textarea, select, button, a[href], [role=button], [role=radiogroup], [role=tab], [role=listbox]")) {
    const labels = [...(element.labels ?? [])].map((label) => label.innerText).join(" ");
    const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
    const name = [element.getAttribute("aria-label"), by, labels, element.innerText, element.title].join("").trim();
    if (!name && !element.closest("[aria-hidden=true]")) mistakes.push(`no name: ${named(element)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id).filter(Boolean);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) mistakes.push(`an id that stands twice: ${id}`);
  const levels = all("h1, h2, h3, h4, h5, h6").map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, place) => {
    if (level > (levels[place - 1] ?? 0) + 1) mistakes.push(`a heading of level ${level} after one of level ${levels[place - 1] ?? 0}`);
  });
  for (const picture of all("img")) if (!picture.hasAttribute("alt")) mistakes.push(`a picture without a text: ${named(picture)}`);
  if (!document.documentElement.lang) mistakes.push("the page names no language");
  return mistakes;
}
