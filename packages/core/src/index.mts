// The ES module face. It re-exports the CommonJS build, so that `import` and `require` share one runtime.
export * from './index.js';
