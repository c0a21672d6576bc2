package org.sbertspark.model.hub;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * A hub with one model, {@code org/tiny}, and the storage behind it on another origin. Small files
 * come from the hub, large ones by a redirect to the storage, as the public hub does it. The model
 * was called {@code org/old} once. Single answers can be replaced.
 */
public final class FakeHub implements AutoCloseable {
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final HubId ID = HubId.parse("org/tiny");

  /** A request as it arrived. */
  public record Seen(
      boolean atHub, String method, String path, String authorization, String range) {
    @Override
    public String toString() {
      return (atHub ? "hub " : "storage ")
          + method
          + " "
          + path
          + (range.isEmpty() ? "" : " " + range);
    }
  }

  private record Content(byte[] bytes, boolean large) {}

  static {
    // Otherwise every answer waits 40 ms for an acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final ObjectMapper json = new ObjectMapper();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Optional<SSLContext> tls;
  private final HttpServer hub;
  private final HttpServer storage;
  private final Map<String, Content> files = new TreeMap<>();
  private final List<String> listedToo = new CopyOnWriteArrayList<>();
  private final Map<String, Deque<HttpHandler>> replaced = new ConcurrentHashMap<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  public FakeHub() {
    this(Optional.empty());
  }

  /** One that speaks HTTPS. */
  FakeHub(SSLContext tls) {
    this(Optional.of(tls));
  }

  private FakeHub(Optional<SSLContext> tls) {
    this.tls = tls;
    hub = start(this::hubAnswer);
    storage = start(this::storageAnswer);
  }

  private HttpServer start(HttpHandler handler) {
    try {
      InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer server;
      if (tls.isPresent()) {
        HttpsServer secure = HttpsServer.create(free, 0);
        secure.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
        server = secure;
      } else {
        server = HttpServer.create(free, 0);
      }
      server.createContext("/", handler);
      server.setExecutor(threads);
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  FakeHub small(String name, String text) {
    files.put(name, new Content(text.getBytes(StandardCharsets.UTF_8), false));
    return this;
  }

  FakeHub large(String name, byte[] bytes) {
    files.put(name, new Content(bytes, true));
    return this;
  }

  /** All files of a model folder; weights are large. */
  public FakeHub folder(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(file).toString();
        boolean large = name.endsWith(".safetensors") || name.endsWith(".bin");
        files.put(name, new Content(Files.readAllBytes(file), large));
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A name in the list of files, without a file. */
  FakeHub listing(String name) {
    listedToo.add(name);
    return this;
  }

  FakeHub remove(String name) {
    files.remove(name);
    return this;
  }

  /** A small sentence-transformers model with everything that such a repository has. */
  FakeHub sentenceTransformer(byte[] weights) {
    return small("README.md", "# tiny")
        .small("config.json", "{\"model_type\": \"bert\"}")
        .small(
            "modules.json",
            "[{\"idx\": 0, \"path\": \"\", \"type\": \"sentence_transformers.models.Transformer\"},"
                + "{\"idx\": 1, \"path\": \"1_Pooling\", \"type\": \"sentence_transformers.models.Pooling\"},"
                + "{\"idx\": 2, \"path\": \"2_Dense\", \"type\": \"sentence_transformers.models.Dense\"},"
                + "{\"idx\": 3, \"path\": \"3_Normalize\", \"type\": \"sentence_transformers.models.Normalize\"}]")
        .small("sentence_bert_config.json", "{\"max_seq_length\": 128}")
        .small("config_sentence_transformers.json", "{}")
        .small("tokenizer.json", "{\"version\": \"1.0\"}")
        .small("1_Pooling/config.json", "{\"word_embedding_dimension\": 8}")
        .small("2_Dense/config.json", "{\"in_features\": 8}")
        .large("2_Dense/model.safetensors", new byte[] {1, 2, 3})
        .large("model.safetensors", weights)
        .large("pytorch_model.bin", new byte[] {4, 5, 6})
        .large("onnx/model.onnx", new byte[] {7})
        .large("tf_model.h5", new byte[] {8});
  }

  /** Answers the next such request differently; once for each call. */
  FakeHub answer(String method, String path, HttpHandler handler) {
    replaced.computeIfAbsent(method + " " + path, k -> new ArrayDeque<>()).add(handler);
    return this;
  }

  FakeHub answer(int times, String method, String path, HttpHandler handler) {
    for (int i = 0; i < times; i++) {
      answer(method, path, handler);
    }
    return this;
  }

  /** Refuses the next question for the model's files. */
  public FakeHub refusing(int status) {
    return answer("GET", list(), status(status));
  }

  /** Only a status, and headers in pairs. */
  static HttpHandler status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Announces all, sends the first bytes, and hangs up. */
  static HttpHandler cut(byte[] all, int sent) {
    return exchange -> {
      exchange.sendResponseHeaders(200, all.length);
      exchange.getResponseBody().write(all, 0, sent);
      exchange.getResponseBody().flush();
    };
  }

  static HttpHandler whole(byte[] bytes) {
    return exchange -> {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  static String list() {
    return "/api/models/org/tiny/revision/main";
  }

  static String resolve(String name) {
    return "/org/tiny/resolve/" + COMMIT + "/" + name;
  }

  static String stored(String name) {
    return "/storage/" + name;
  }

  public List<Seen> seen() {
    return seen;
  }

  List<Seen> seen(String path) {
    return seen.stream().filter(s -> s.path().equals(path)).toList();
  }

  public void forget() {
    seen.clear();
  }

  public URI endpoint() {
    return URI.create(scheme() + "://127.0.0.1:" + hub.getAddress().getPort());
  }

  URI storageEndpoint() {
    return URI.create(scheme() + "://localhost:" + storage.getAddress().getPort());
  }

  private String scheme() {
    return tls.isPresent() ? "https" : "http";
  }

  public HubSettings settings(Path cache) {
    return new HubSettings(endpoint(), cache, "", false, false);
  }

  private void hubAnswer(HttpExchange exchange) throws IOException {
    answer(true, exchange);
  }

  private void storageAnswer(HttpExchange exchange) throws IOException {
    answer(false, exchange);
  }

  private void answer(boolean atHub, HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getRawPath();
    seen.add(
        new Seen(
            atHub,
            method,
            path,
            header(exchange, "Authorization").orElse(""),
            header(exchange, "Range").orElse("")));
    Deque<HttpHandler> script = replaced.get(method + " " + path);
    HttpHandler special;
    synchronized (this) {
      special = script == null ? null : script.poll();
    }
    try (exchange) {
      if (special != null) {
        special.handle(exchange);
      } else if (!atHub) {
        ranged(exchange, bytes(path.substring("/storage/".length())));
      } else if (path.contains("/org/old/")) {
        // A model that was renamed.
        status(307, "Location", path.replace("/org/old/", "/org/tiny/")).handle(exchange);
      } else if (path.startsWith("/api/models/org/tiny/revision/")) {
        whole(listing()).handle(exchange);
      } else if (path.startsWith("/org/tiny/resolve/")) {
        file(exchange, path.split("/", 6)[5]);
      } else {
        exchange.sendResponseHeaders(404, -1);
      }
    }
  }

  private byte[] listing() throws IOException {
    List<Map<String, String>> siblings = new ArrayList<>();
    files.keySet().forEach(name -> siblings.add(Map.of("rfilename", name)));
    listedToo.forEach(name -> siblings.add(Map.of("rfilename", name)));
    return json.writeValueAsBytes(Map.of("id", "org/tiny", "sha", COMMIT, "siblings", siblings));
  }

  private byte[] bytes(String name) {
    return files.get(name).bytes();
  }

  private void file(HttpExchange exchange, String name) throws IOException {
    Content content = files.get(name);
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    exchange.getResponseHeaders().add("X-Repo-Commit", COMMIT);
    if (content.large()) {
      exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + sha256(content.bytes()) + "\"");
      exchange.getResponseHeaders().add("X-Linked-Size", "" + content.bytes().length);
      // The address of a storage service carries a signature.
      exchange
          .getResponseHeaders()
          .add("Location", storageEndpoint() + stored(name) + "?signature=s3cret");
      exchange.sendResponseHeaders(302, -1);
    } else {
      exchange.getResponseHeaders().add("ETag", "\"" + gitSha1(content.bytes()) + "\"");
      ranged(exchange, content.bytes());
    }
  }

  private static void ranged(HttpExchange exchange, byte[] bytes) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().add("Content-Length", "" + bytes.length);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    Optional<Integer> from =
        header(exchange, "Range").map(r -> Integer.valueOf(r.replaceAll("bytes=(\\d+)-", "$1")));
    int start = from.orElse(0);
    if (start >= bytes.length && from.isPresent()) {
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    if (from.isPresent()) {
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + start + "-" + (bytes.length - 1) + "/" + bytes.length);
    }
    int length = bytes.length - start;
    exchange.sendResponseHeaders(from.isPresent() ? 206 : 200, length == 0 ? -1 : length);
    exchange.getResponseBody().write(bytes, start, length);
  }

  private static Optional<String> header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(digest("SHA-256").digest(bytes));
  }

  static String gitSha1(byte[] bytes) {
    MessageDigest digest = digest("SHA-1");
    digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(digest.digest(bytes));
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }
}
