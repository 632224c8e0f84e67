// What of an open page a person could not read, measured: run by browser.py, returns lists that should be empty and facts to compare.
() => {
  const visible = element => element.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true});
  const words = element => element.textContent.trim().slice(0, 40);
  const parse = text => { const m = text.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (a, b) => { const [low, high] = [light(a), light(b)].sort((x, y) => x - y); return (high + .05) / (low + .05); };
  const ground = element => { const up = []; for (let e = element; e; e = e.parentElement) up.push(parse(getComputedStyle(e).backgroundColor));
    return up.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]); };
  const small = [], faint = [], outside = [];
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const element = node.parentElement, inSvg = element instanceof SVGElement;
    if (!node.data.trim() || ["TITLE", "DESC", "STYLE", "title", "desc"].includes(element.tagName) || !visible(element)) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.right < 0) continue;  // the skip link, until it has the focus
    texts += 1;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize) * (inSvg ? element.getScreenCTM().a : 1);
    if (size < 12) small.push(`${words(element)}: ${size.toFixed(1)} px`);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = ratio(over(parse(inSvg ? style.fill : style.color), ground(element)), ground(element));
    if (contrast < (large ? 3 : 4.5)) faint.push(`${words(element)}: ${contrast.toFixed(2)}`);
    if (box.right > innerWidth + 1 && !element.closest(".scroll")) outside.push(words(element));
  }
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(h => Number(h.tagName[1]));
  const figures = [...document.querySelectorAll("figure svg[role=img]")];
  const wordless = figures.filter(svg => !["title", "desc"].every(tag => svg.querySelector(tag)?.textContent.trim())).map(svg => svg.outerHTML.slice(0, 80));
  const tableless = [...document.querySelectorAll("section")].filter(section => section.querySelector("figure")
    && ![...section.querySelectorAll("details")].some(d => d.querySelector("summary").textContent.startsWith("Figures") && d.querySelector("tbody tr")));
  return {
    texts, small, faint, outside, wordless, figures: figures.length, tableless: tableless.map(section => section.id),
    overflow: document.documentElement.scrollWidth - innerWidth,
    skipped: headings.filter((level, i) => i && level > headings[i - 1] + 1), first: headings.filter(level => level === 1).length,
    language: document.documentElement.lang, title: document.title,
    landmarks: ["header", "main", "footer"].filter(tag => document.querySelectorAll(`body > ${tag}`).length !== 1),
    unnamed: [...document.querySelectorAll("table")].filter(t => !t.caption?.textContent.trim() || !t.querySelector("th[scope=col]")).length,
    lines: [...document.querySelectorAll("figure svg path")].filter(p => !p.classList.contains("grid") && !p.classList.contains("now")).filter(p => {
      const style = getComputedStyle(p), band = style.stroke === "none";
      return !band && ratio(over(parse(style.stroke), ground(p.closest("figure"))), ground(p.closest("figure"))) < 3; }).map(p => p.getAttribute("class")),
  };
}
