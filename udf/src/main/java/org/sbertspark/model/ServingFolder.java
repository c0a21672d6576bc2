package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A folder as DJL serves text embedding models: a ready TorchScript archive, {@code
 * serving.properties}, and a tokenizer. Keys and defaults are those of DJL's {@code
 * TextEmbeddingTranslator} and {@code HuggingFaceTokenizer} 0.36; they may have the prefix {@code
 * option.}.
 *
 * @param archive the TorchScript archive
 * @param pooling of the token vectors, where the program gives such
 * @param normalize whether vectors are scaled to length 1
 * @param tokenTypes whether the program takes token types as its third input
 * @param doLowerCase whether texts are lower-cased before the tokenizer
 * @param maxSeqLength tokens a text may have, special tokens included
 * @param tokenizerJson as in {@link ModelFolder}
 */
public record ServingFolder(
    Path folder,
    Path archive,
    PoolingMode pooling,
    boolean normalize,
    boolean tokenTypes,
    boolean doLowerCase,
    int maxSeqLength,
    byte[] tokenizerJson) {

  public static final String PROPERTIES = "serving.properties";
  public static final String ARCHIVE_SUFFIX = ".pt";

  private static final String TRANSLATOR = "TextEmbeddingTranslatorFactory";

  /** DJL's own where nothing says otherwise. */
  private static final int DEFAULT_MAX_LENGTH = 512;

  private static final int LONGEST = 1 << 20;

  /** DJL's words, and those of its older versions. */
  private static final Map<String, PoolingMode> POOLINGS =
      Map.of(
          "mean", PoolingMode.MEAN,
          "mean_tokens", PoolingMode.MEAN,
          "max", PoolingMode.MAX,
          "max_tokens", PoolingMode.MAX,
          "cls", PoolingMode.CLS,
          "cls_token", PoolingMode.CLS,
          "mean_sqrt_len", PoolingMode.MEAN_SQRT_LEN,
          "weightedmean", PoolingMode.WEIGHTED_MEAN,
          "lasttoken", PoolingMode.LAST_TOKEN);

  /** What would give other vectors, and is not done here. */
  private static final Set<String> REFUSED = Set.of("dense", "denseActivation", "layerNorm");

  /** Whether a folder is one of these. */
  public static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(PROPERTIES));
  }

  /**
   * Reads a folder.
   *
   * @throws ModelException in one line, if something is missing or asks for what is not done here
   */
  public static ServingFolder open(Path folder) {
    Settings settings = Settings.read(folder.resolve(PROPERTIES));
    settings.require("engine", "PyTorch"::equalsIgnoreCase, "PyTorch");
    settings.require("translatorFactory", name -> name.endsWith(TRANSLATOR), TRANSLATOR);
    settings.require("addSpecialTokens", "true"::equalsIgnoreCase, "true");
    for (String key : REFUSED) {
      settings.require(key, value -> false, "none: it is not supported");
    }
    String pooling = settings.text("pooling", "mean");
    settings.require(
        "pooling", POOLINGS::containsKey, "one of " + new TreeMap<>(POOLINGS).keySet());
    byte[] tokenizer = TokenizerJson.read(folder);
    return new ServingFolder(
        folder,
        archive(folder, settings),
        POOLINGS.get(pooling),
        settings.flag("normalize", true),
        settings.flag("includeTokenTypes", false),
        settings.flag("doLowerCase", false),
        settings.number("maxLength", settings.number("modelMaxLength", DEFAULT_MAX_LENGTH)),
        tokenizer);
  }

  /** The one that modelName names, else the only one. */
  private static Path archive(Path folder, Settings settings) {
    String name = settings.text("modelName", "");
    List<Path> archives;
    try (Stream<Path> files = Files.list(folder)) {
      archives =
          files.filter(file -> file.getFileName().toString().endsWith(ARCHIVE_SUFFIX)).toList();
    } catch (IOException e) {
      throw new ModelException("Cannot read %s: %s".formatted(folder, e.getMessage()), e);
    }
    List<Path> named =
        archives.stream()
            .filter(file -> file.getFileName().toString().equals(name + ARCHIVE_SUFFIX))
            .toList();
    if (named.size() == 1) {
      return named.get(0);
    }
    if (archives.size() != 1) {
      throw new ModelException(
          "Cannot load model %s: it has %s and %d %s files, expected one, or one that modelName names"
              .formatted(folder, PROPERTIES, archives.size(), ARCHIVE_SUFFIX));
    }
    return archives.get(0);
  }

  /** The folder's own name, for people. */
  public String name() {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** Files that decide the vectors. */
  public List<Path> files() {
    return Stream.concat(
            Stream.of(archive, folder.resolve(PROPERTIES)), TokenizerJson.files(folder).stream())
        .toList();
  }

  /** The id that fills up shorter rows of a batch; the mask hides it. */
  public int padTokenId() {
    JsonNode tokenizer = Json.parse(tokenizerJson, "the tokenizer");
    for (JsonNode token : tokenizer.path("added_tokens")) {
      if (Set.of("[PAD]", "<pad>").contains(token.path("content").asText())) {
        return token.path("id").asInt();
      }
    }
    return 0;
  }

  /** 64 hexadecimal digits over everything that decides the vectors. Reads the archive. */
  public String fingerprint() {
    MessageDigest digest = Sha256.digest();
    digest.update(
        Arrays.toString(
                new Object[] {"serving", pooling, normalize, tokenTypes, doLowerCase, maxSeqLength})
            .getBytes(StandardCharsets.UTF_8));
    digest.update(ByteBuffer.allocate(4).putInt(tokenizerJson.length).array());
    digest.update(tokenizerJson);
    try (InputStream in = new DigestInputStream(Files.newInputStream(archive), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new ModelException("Cannot read %s: %s".formatted(archive, e.getMessage()), e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The properties, without the prefix. */
  private record Settings(Path file, Map<String, String> values) {
    private static final String PREFIX = "option.";

    static Settings read(Path file) {
      Properties properties = new Properties();
      try {
        properties.load(new StringReader(String.join("\n", SmallFile.lines(file))));
      } catch (IOException | IllegalArgumentException e) {
        throw new ModelException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
      }
      Map<String, String> values = new TreeMap<>();
      for (String key : properties.stringPropertyNames()) {
        String plain = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
        values.put(plain, properties.getProperty(key).strip());
      }
      return new Settings(file, values);
    }

    String text(String key, String otherwise) {
      return values.getOrDefault(key, otherwise);
    }

    boolean flag(String key, boolean otherwise) {
      require(key, value -> value.equals("true") || value.equals("false"), "true or false");
      return values.containsKey(key) ? values.get(key).equals("true") : otherwise;
    }

    int number(String key, int otherwise) {
      String value = values.get(key);
      if (value == null) {
        return otherwise;
      }
      try {
        int number = Integer.parseInt(value);
        if (number >= 1 && number <= LONGEST) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Told below.
      }
      throw refused(key, "1 to " + LONGEST);
    }

    /** Nothing is fine, too. */
    void require(String key, Predicate<String> allowed, String expected) {
      if (values.containsKey(key) && !allowed.test(values.get(key))) {
        throw refused(key, expected);
      }
    }

    private ModelException refused(String key, String expected) {
      return new ModelException(
          "%s: %s is \"%s\", expected %s".formatted(file, key, values.get(key), expected));
    }
  }
}
