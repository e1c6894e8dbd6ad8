// The colours of all pictures, for light and for dark pages, and what they have in common.
import type { Config } from 'vega-lite' with { 'resolution-mode': 'import' };

export interface Theme {
  background: string;
  text: string;
  faint: string;
  grid: string;
  ours: string;
  limit: string;
  peers: Record<string, string>;
}

export const light: Theme = {
  background: '#ffffff',
  text: '#1f2933',
  faint: '#52606d',
  grid: '#e4e7eb',
  ours: '#e8590c',
  limit: '#1f2933',
  peers: {
    node: '#3c7d47',
    node20: '#1e5b2d',
    'node20-uring': '#3c7d47',
    node22: '#579a5c',
    node24: '#76b176',
    node26: '#93c48f',
    bun: '#b08968',
    deno: '#7c8aa5',
    fio: '#8d5fb0',
  },
};

export const dark: Theme = {
  background: '#0d1117',
  text: '#e6edf3',
  faint: '#9da7b3',
  grid: '#2b323b',
  ours: '#ff8a3d',
  limit: '#e6edf3',
  peers: {
    node: '#6cae5e',
    node20: '#2f7d3a',
    'node20-uring': '#43975a',
    node22: '#63ad70',
    node24: '#8ac48f',
    node26: '#b5dcb4',
    bun: '#c9a27e',
    deno: '#8b9bb8',
    fio: '#b48ad6',
  },
};

export function colourOf(subject: string, role: string, theme: Theme): string {
  if (role === 'ours') return theme.ours;
  if (role === 'limit') return theme.limit;
  return theme.peers[subject] ?? theme.faint;
}

export function configOf({ text, faint, grid }: Theme): Config {
  return {
    font: 'Inter, "Segoe UI", "DejaVu Sans", Verdana, sans-serif',
    title: {
      fontSize: 17,
      color: text,
      subtitleFontSize: 11.5,
      subtitleColor: faint,
      subtitlePadding: 6,
      subtitleLineHeight: 16,
    },
    axis: {
      labelLimit: 0,
      labelPadding: 6,
      labelFontSize: 11,
      labelColor: faint,
      titleFontSize: 11.5,
      titleFontWeight: 'normal',
      titleColor: faint,
      domain: false,
      ticks: false,
      gridColor: grid,
    },
    header: {
      labelFontSize: 12.5,
      labelFontWeight: 'bold',
      labelColor: text,
      title: null,
      labelAnchor: 'start',
    },
    legend: {
      labelLimit: 0,
      labelFontSize: 12,
      labelColor: text,
      orient: 'top',
      title: null,
      offset: 10,
      symbolType: 'square',
    },
    view: { stroke: null },
  };
}
