module.exports = require("../web/events.js");
