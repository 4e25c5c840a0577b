module.exports = require("../node/buffer.js").default;
