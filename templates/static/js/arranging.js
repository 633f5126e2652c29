// Two forms whose fields are not quite the API's: a local time becomes an instant, a room becomes a map of rooms.

import { shape } from "./base.js";

// Mudanjiang keeps Beijing time all year round, whatever the officer's machine is set to.
shape("sitting", (_form, fields) => ({ ...fields, starts_at: `${fields.starts_at}:00+08:00` }));

shape("exam_point", (_form, { room, capacity, ...fields }) => ({ ...fields, rooms: { [room]: capacity } }));
