package org.sbertspark.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Damages JSON that stays JSON: what a value means is damaged, not how it is written. */
public final class JsonMutations {
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "1",
          "-1",
          "5",
          "0.5",
          "1e308",
          "2147483647",
          "4294967295",
          "18446744073709551615",
          "\"\"",
          "\" \"",
          "\"a\"",
          "\"\\u2581\"",
          "\"B\"",
          "[]",
          "{}");

  private final Random random;
  private final List<JsonNode> values;

  /**
   * @param strange JSON values that take the place of others, beside the usual ones
   */
  public JsonMutations(Random random, List<String> strange) {
    this.random = random;
    values = new ArrayList<>();
    VALUES.forEach(value -> values.add(parse(value)));
    strange.forEach(value -> values.add(parse(value)));
  }

  private static JsonNode parse(String json) {
    return Json.parse(json.getBytes(StandardCharsets.UTF_8), "a value");
  }

  /** A copy with one to three changes, more often with one. */
  public JsonNode mutate(JsonNode good) {
    JsonNode copy = good.deepCopy();
    for (int n = random.nextInt(1 + random.nextInt(3)); n >= 0; n--) {
      List<JsonNode> containers = new ArrayList<>();
      collect(copy, containers);
      change(containers.get(random.nextInt(containers.size())), containers);
    }
    return copy;
  }

  /** Those that have something in them. */
  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (!node.isEmpty()) {
      containers.add(node);
      // The entries of a vocabulary are all alike.
      for (int i = 0; node.isArray() && i < Math.min(8, node.size()); i++) {
        collect(node.get(i), containers);
      }
      node.properties().forEach(property -> collect(property.getValue(), containers));
    }
  }

  private void change(JsonNode container, List<JsonNode> containers) {
    int at = random.nextInt(container.size());
    JsonNode other = containers.get(random.nextInt(containers.size()));
    switch (random.nextInt(5)) {
      case 0 -> remove(container, at);
      case 1 -> set(container, at, any(other).deepCopy());
      case 2 -> add(container, key(other), any(other).deepCopy());
      default -> set(container, at, strange(get(container, at)).deepCopy());
    }
  }

  /** More often one that could stand there. */
  private JsonNode strange(JsonNode old) {
    JsonNode value = values.get(random.nextInt(values.size()));
    for (int n = 0; n < 10 && value.getNodeType() != old.getNodeType(); n++) {
      value = values.get(random.nextInt(values.size()));
    }
    return value;
  }

  private JsonNode any(JsonNode container) {
    return get(container, random.nextInt(container.size()));
  }

  private static JsonNode get(JsonNode container, int at) {
    return container.isArray() ? container.get(at) : container.get(names(container).get(at));
  }

  private String key(JsonNode container) {
    return container.isArray() ? "type" : names(container).get(random.nextInt(container.size()));
  }

  private static void remove(JsonNode container, int at) {
    if (container instanceof ArrayNode array) {
      array.remove(at);
    } else {
      ((ObjectNode) container).remove(names(container).get(at));
    }
  }

  private static void set(JsonNode container, int at, JsonNode value) {
    if (container instanceof ArrayNode array) {
      array.set(at, value);
    } else {
      ((ObjectNode) container).set(names(container).get(at), value);
    }
  }

  private static void add(JsonNode container, String key, JsonNode value) {
    if (container instanceof ArrayNode array) {
      array.add(value);
    } else {
      ((ObjectNode) container).set(key, value);
    }
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
