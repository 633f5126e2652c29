// After a reload of the last screen: the receipt again, for this tab only.

import "/static/js/exam_language.js";
import { keptReceipt, showReceipt } from "/static/js/exam_receipt_card.js";

showReceipt(document.querySelector("[data-screen]"), keptReceipt());
