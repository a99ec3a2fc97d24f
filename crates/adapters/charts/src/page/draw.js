// Unpacks plotly.js and draws the page's charts, in the colours that the reader's machine has.
const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (character) =>
  character.charCodeAt(0));
const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
const colours = JSON.parse(document.getElementById("dark").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");

const draw = () => {
  for (const plot of document.querySelectorAll("script.plot")) {
    const coloured = plot.textContent.replace(/"#[0-9a-f]{6}"/g, (colour) =>
      dark.matches ? JSON.stringify(colours[JSON.parse(colour)] ?? JSON.parse(colour)) : colour);
    const { data, layout, config } = JSON.parse(coloured);
    Plotly.react(plot.dataset.of, data, layout, config);
  }
};

new Response(unpacked).text().then((source) => {
  const script = document.createElement("script");
  script.textContent = source;
  document.head.append(script);
  draw();
  dark.addEventListener("change", draw);
});
