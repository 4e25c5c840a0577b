module.exports = require("../node/util.js").default;
