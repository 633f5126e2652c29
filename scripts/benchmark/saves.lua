-- wrk: every request is another seat's save, with a number newer than any before, so that each one writes a row.
--   wrk … -s saves.lua URL -- PARTS FIRST_SEQ
-- PARTS holds one request head per line (without Content-Length); a tab before it separates the choice.
local heads, choices, count, seq = {}, {}, 0, 0

function init(args)
  for line in io.lines(args[1]) do
    local choice, head = line:match("^(%a+)\t(.*)$")
    count = count + 1
    choices[count] = choice
    heads[count] = head:gsub("\\n", "\r\n")
  end
  seq = tonumber(args[2])
end

function request()
  local place = seq % count + 1
  local body = '{"choice":"' .. choices[place] .. '","flagged":false,"seq":' .. seq .. '}'
  seq = seq + 1
  return heads[place] .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50":%.3f,"p95":%.3f,"p99":%.3f}',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
