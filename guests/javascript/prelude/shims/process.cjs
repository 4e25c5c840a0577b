module.exports = require("../node/process.js").default;
