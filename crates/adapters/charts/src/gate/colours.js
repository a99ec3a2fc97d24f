// The charts in the colours of the page.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => {
  const [text, grid] = dark.matches ? ["#e6e8ea", "#33373c"] : ["#222222", "#e6e8ea"];
  const colours = { "font.color": text };
  for (const axis of ["xaxis", "yaxis"]) {
    colours[`${axis}.gridcolor`] = grid;
    colours[`${axis}.title.font.color`] = text;
  }
  document.querySelectorAll(".js-plotly-plot").forEach((plot) => Plotly.relayout(plot, colours));
};
dark.addEventListener("change", paint);
addEventListener("load", paint);
