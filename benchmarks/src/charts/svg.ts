import type { TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };

/** Draws a Vega-Lite picture as SVG text. Both libraries are ES modules only, hence the imports at run time. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
