// failures.test.mjs -- the commands at a server that does not do what it should: each is told with an
// exit code, and nothing of it is taken for an answer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { kithCommand } from "../lib/terminal.mjs";

/** A server for one test, whose answers are the test's; returns its URL. */
async function serve(t, answer, make = createServer) {
  const server = make(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

const problem = (status, members) => (request, response) => {
  request.resume();
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ type: "about:blank", status, ...members }));
};

async function fails(code, err, result) {
  const { code: got, out, err: said } = await result;
  assert.equal(got, code, said);
  assert.match(said, err);
  return out;
}

describe("what a server says", () => {
  for (const [status, code] of Object.entries({
    400: 65,
    403: 77,
    404: 69,
    405: 69,
    409: 65,
    413: 65,
    429: 75,
    500: 70,
    503: 75,
    504: 75,
    507: 74,
  }))
    test(`${status} is told in its own words, and ends with ${code}`, async (t) => {
      const words = { title: `Title ${status}`, detail: "the reason\u001b[2J" };
      const api = await serve(t, problem(Number(status), words));
      const want = new RegExp(`^kith graph: the reason\\?\\[2J \\(${status} Title ${status}\\)\n$`);
      assert.equal(await fails(code, want, kithCommand(["graph", "add", "1", "2", "--api", api])), "");
    });

  test("a problem without words is a problem", async (t) => {
    const api = await serve(t, problem(400, { title: "Bad Request" }));
    const none = await serve(t, problem(400, {}));
    await fails(65, /the server says no \(400 Bad Request\)/, kithCommand(["who", "1", "--api", api]));
    await fails(76, /answers 400, and what it says cannot/, kithCommand(["who", "1", "--api", none]));
  });

  for (const [name, text] of Object.entries({
    "a web page": "<html>It works!</html>",
    "JSON of something else": '{"status":"ok"}',
    "a list": "[]",
    "half an object": '{"sessions":',
    nothing: "",
    "what is no number": '{"sessions":-1,"metas":{},"watchers":{},"mode":1}',
  }))
    test(`${name} is no answer`, async (t) => {
      const api = await serve(t, (request, response) => {
        request.resume();
        response.end(text);
      });
      const garbled = /answers 200, and what it says cannot be read; is that the API of a kith/;
      for (const words of [
        ["who", "1"],
        ["push", "1", "e", "{}"],
        ["disconnect", "1"],
        ["visibility", "1"],
        ["audience", "1"],
        ["audience", "1", "--viewer", "2"],
      ])
        await fails(76, garbled, kithCommand([...words, "--api", api]));
    });

  test("a redirect is not followed", async (t) => {
    const api = await serve(t, (request, response) => {
      response.writeHead(302, { location: "http://127.0.0.1:9/" });
      response.end();
    });
    await fails(76, /answers 302/, kithCommand(["who", "1", "--api", api]));
  });

  test("control characters of an answer are not obeyed", async (t) => {
    const api = await serve(t, (request, response) =>
      response.end('{"mode":"only","ids":["a\\u001b[2J","\\u009b1m","b"]}'),
    );
    const { code, out } = await kithCommand(["visibility", "1", "--api", api]);
    assert.deepEqual([code, out], [0, "only a?[2J ?1m b\n"]);
  });

  test("an answer without end is cut off", async (t) => {
    const api = await serve(t, (request, response) => {
      const more = () => {
        while (response.write("x".repeat(65536)));
      };
      response.on("drain", more);
      more();
    });
    await fails(74, /the answer has more than 16777216 bytes/, kithCommand(["who", "1", "--api", api]));
  });
});

describe("what is sent", () => {
  test("is what the API takes, with the key and nothing of the environment", async (t) => {
    const seen = [];
    const api = await serve(t, async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      seen.push(`${request.method} ${request.url} ${request.headers["content-type"] ?? "-"} ${body}`);
      response.statusCode = request.method === "GET" ? 500 : 204;
      response.end();
    });
    const env = { http_proxy: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9" };
    const run = (...words) => kithCommand([...words, "--api", `${api}//`], { env });
    await run("graph", "add", "a/b", "..");
    await run("graph", "remove", "1", "é", "--mutual");
    await run("graph", "block", "1", "2");
    await run("visibility", "1", "only", "3", '"');
    await run("push", "1", "e\n", '{ "b":1 }');
    await run("disconnect", "1", "--until", "2100-01-01T00:00:00Z");
    await run("audience", "1", "--viewer", "a&b");
    assert.deepEqual(seen, [
      "PUT /v1/users/a%2Fb/watches/%2E%2E - ",
      "DELETE /v1/users/1/friends/%C3%A9 - ",
      "PUT /v1/users/1/blocks/2 - ",
      'PUT /v1/users/1/visibility application/json {"mode":"only","ids":["3","\\""]}',
      'POST /v1/users/1/push application/json {"event":"e\\n","payload":{ "b":1 }}',
      'POST /v1/users/1/disconnect application/json {"until":4102444800}',
      "GET /v1/users/1/audience?viewer=a%26b - ",
    ]);
  });

  test("an import goes up as it is read, and what is kept comes back meanwhile", async (t) => {
    let type, text = "";
    const api = await serve(t, async (request, response) => {
      type = request.headers["content-type"];
      assert.equal(request.url, "/v1/graph/import?mutual=1");
      for await (const piece of request) {
        text += piece;
        response.write('{"lines":1,');
        response.write('"added":1}\n');
      }
      response.end('{"done":true,"lines":3,"added":5}\n');
    });
    const words = ["graph", "import", "-", "--mutual", "--api", api];
    const { code, out, err } = await kithCommand(words, { input: "1 2\n3 4\n5 6" });
    assert.deepEqual([code, out, err], [0, "standard input: 3 lines, 5 edges new\n", ""]);
    assert.deepEqual([type, text], ["text/plain", "1 2\n3 4\n5 6"]);
  });
});

describe("an import that goes wrong", () => {
  const lines = "1 2\n".repeat(100000);
  const bring = (api) => kithCommand(["graph", "import", "-", "--api", api], { input: lines });

  const reporting = (problem) => (request, response) => {
    request.resume();
    response.write('{"lines":10000,"added":7}\n');
    response.end(`${JSON.stringify({ problem })}\n`);
  };

  test("is told with the problem that ends it", async (t) => {
    const problem = { status: 507, title: "Insufficient Storage", detail: "full" };
    const api = await serve(t, reporting(problem));
    const full = /^kith graph: standard input: full \(507 Insufficient Storage\)\n.*kept are the first/;
    await fails(74, full, bring(api));
  });

  test("is told with what is kept, if the server stops", async (t) => {
    const api = await serve(t, reporting({ status: 503, code: "stopping", detail: "it stops" }));
    const kept = /it stops \(503 .*\n.*first 10000 lines at least: 7 edges new; importing .* is harmless\n$/;
    await fails(75, kept, bring(api));
  });

  test("may be kept in part, if the server stops before it has told how far it is", async (t) => {
    const stopping = { title: "Service Unavailable", detail: "the server is stopping" };
    const api = await serve(t, problem(503, stopping));
    const kept = /\(503 .*\n.*its first lines may be kept; importing it again is harmless\n$/;
    await fails(75, kept, bring(api));
  });

  test("is told once with what is kept, if a line is bad", async (t) => {
    const detail = "line 10001: bad. The first 10000 lines are kept";
    const api = await serve(t, reporting({ status: 400, code: "bad_line", detail }));
    await fails(65, /^kith graph: standard input: line 10001: .* are kept \(400 \)\n$/, bring(api));
  });

  test("is told with what is kept, if the server goes away", async (t) => {
    const api = await serve(t, async (request, response) => {
      request.resume(); /* all of it, so that no reset overtakes the report */
      await once(request, "end");
      response.write('{"lines":10000,"added":7}\n', () =>
        setTimeout(() => request.socket.destroy(), 50),
      );
    });
    const kept = /kept are the first 10000 lines at least: 7 edges new; importing it again is harm/;
    await fails(74, kept, bring(api));
  });

  for (const [name, text] of Object.entries({
    "an answer that ends early": '{"lines":10000,"added":7}\n',
    "an answer of something else": "<html>\n",
    "a line without end": "x".repeat(100000),
  }))
    test(`${name} is no success`, async (t) => {
      const api = await serve(t, (request, response) => {
        request.resume();
        response.end(text);
      });
      await fails(76, /answers 200, and what it says cannot be read/, bring(api));
    });

  test("is not sent to the end where it is refused before", async (t) => {
    const api = await serve(t, (request, response) => {
      response.writeHead(401);
      response.end("no");
    });
    await fails(77, /asks for a key/, bring(api));
  });
});

describe("an export that goes wrong", () => {
  test("is told where it breaks off", async (t) => {
    const api = await serve(t, (request, response) => {
      response.write("1 2\n", () => setTimeout(() => request.socket.destroy(), 50));
    });
    const words = ["graph", "export", "--api", api];
    assert.equal(await fails(74, new RegExp(`^kith graph: ${api}: `), kithCommand(words)), "1 2\n");
  });
});

describe("where nobody is", () => {
  let folder;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "kith-cli-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  test("it says what to do", async () => {
    const api = "http://127.0.0.1:9";
    await fails(
      69,
      /^kith graph: no server answers at http:\/\/127\.0\.0\.1:9: nobody listens there; start kith serve, or say --data DIR\n$/,
      kithCommand(["graph", "export", "--api", api]),
    );
    await fails(
      69,
      /^kith who: no server answers at http:\/\/127\.0\.0\.1:9: nobody listens there; start kith serve\n$/,
      kithCommand(["who", "1", "--api", api]),
    );
    await fails(
      69,
      /no server answers at http:\/\/no\.invalid: no host of that name is known; start kith serve/,
      kithCommand(["who", "1", "--api", "http://no.invalid"]),
    );
    await fails(64, /--api http:\/\/\[ will not do/, kithCommand(["who", "1", "--api", "http://["]));
  });

  test("a server that speaks no HTTP is none", async (t) => {
    const api = await serve(t, (socket) => socket.end("220 mail\r\n"), createSocket);
    const strange = new RegExp(`^kith who: ${api}: what answers there does not speak HTTP; is that`);
    await fails(74, strange, kithCommand(["who", "1", "--api", api]));
  });

  test("nor is one that speaks no TLS, if that is asked for", async (t) => {
    const api = (await serve(t, problem(404, {}))).replace("http:", "https:");
    const plain = /what answers there speaks no TLS, .*api_tls = on is at http:\/\//;
    await fails(74, plain, kithCommand(["who", "1", "--api", api]));
  });

  test("nothing is left behind by what does not work", async () => {
    for (const words of [["graph", "import", "none.txt", "--data", "none"], ["graph", "remove", "1", "2"], ["audience", "1"]])
      assert.equal((await kithCommand(words, { cwd: folder })).code, 66);
    const { code, err } = await kithCommand(["graph", "import", ".", "--data", "none"], { cwd: folder });
    assert.equal(code, 66, err);
    assert.deepEqual(await readdir(folder), []);
  });
});
