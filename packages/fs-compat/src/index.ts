import promises = require('./promises.js');

export { promises };
