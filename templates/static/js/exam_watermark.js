// Name, seat and ticket across the page, faint to the eye and plain on a photograph of the screen. An image in the
// background, so that no screen reader meets it; set by script, because the page allows no style attributes.

const WIDTH = 420;
const HEIGHT = 260;
const escaped = (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);

export function drawWatermark(text) {
  const place = document.querySelector("[data-watermark]");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <text x="10" y="${HEIGHT - 40}" transform="rotate(-24 10 ${HEIGHT - 40})" font-family="sans-serif" font-size="21"
      fill="#000000">${escaped(text)}</text></svg>`;
  place.style.backgroundImage = `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}
