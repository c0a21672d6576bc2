package org.sbertspark.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.model.Unpickler.Tuple;

/**
 * The names that the pickle of a state dict may use: ordered dictionaries, storages and the
 * functions that make tensors of them. Every other name is refused, since it would be called by a
 * reader written in Python.
 */
final class TorchObjects implements Unpickler.Objects {
  private static final Map<String, DType> STORAGES =
      Map.of(
          "DoubleStorage", DType.F64,
          "FloatStorage", DType.F32,
          "HalfStorage", DType.F16,
          "BFloat16Storage", DType.BF16,
          "LongStorage", DType.I64,
          "IntStorage", DType.I32,
          "ShortStorage", DType.I16,
          "CharStorage", DType.I8,
          "ByteStorage", DType.U8,
          "BoolStorage", DType.BOOL);

  private enum Function {
    ORDERED_DICT("collections.OrderedDict"),
    /** (storage, offset, shape, strides, requires_grad, hooks) and in newer files metadata. */
    REBUILD_TENSOR("torch._utils._rebuild_tensor_v2"),
    /** (tensor, requires_grad, hooks). */
    REBUILD_PARAMETER("torch._utils._rebuild_parameter");

    private final String name;

    Function(String name) {
      this.name = name;
    }
  }

  private final String where;
  private final Map<String, StoredTensor.Storage> storages = new LinkedHashMap<>();

  /**
   * @param where the file, for messages
   */
  TorchObjects(String where) {
    this.where = where;
  }

  /** The storages that were referred to, by their keys. */
  Map<String, StoredTensor.Storage> storages() {
    return storages;
  }

  @Override
  public Object global(String module, String name) {
    String qualified = module + "." + name;
    for (Function function : Function.values()) {
      if (function.name.equals(qualified)) {
        return function;
      }
    }
    DType storage = module.equals("torch") ? STORAGES.get(name) : null;
    if (storage == null) {
      throw bad(
          "its pickle names "
              + Untrusted.printable(qualified)
              + ", which could run code in Python; only tensors are read."
              + " Save the model as safetensors");
    }
    return storage;
  }

  @Override
  public Object call(Object function, Tuple arguments) {
    if (!(function instanceof Function known)) {
      throw bad("its pickle is damaged: it calls something that is no function");
    }
    return switch (known) {
      case ORDERED_DICT -> orderedDict(arguments);
      case REBUILD_TENSOR -> tensor(arguments);
      case REBUILD_PARAMETER -> parameter(arguments);
    };
  }

  /** Python 3 fills the dictionary later; Python 2 passes a list of pairs. */
  private Map<Object, Object> orderedDict(Tuple arguments) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (arguments.size() == 0) {
      return dict;
    }
    if (arguments.size() != 1 || !(arguments.get(0) instanceof List<?> pairs)) {
      throw bad("its pickle is damaged: an ordered dictionary is made of something else");
    }
    for (Object pair : pairs) {
      if (!(pair instanceof List<?> entry)
          || entry.size() != 2
          || !(entry.get(0) instanceof String key)) {
        throw bad("its pickle is damaged: an ordered dictionary has something else than pairs");
      }
      dict.put(key, entry.get(1));
    }
    return dict;
  }

  private StoredTensor tensor(Tuple arguments) {
    if (arguments.size() < 6
        || arguments.size() > 7
        || !(arguments.get(0) instanceof StoredTensor.Storage storage)
        || !(arguments.get(1) instanceof Long offset)) {
      throw bad("its pickle is damaged: a tensor is made of something else than a storage");
    }
    return new StoredTensor(storage, offset, sizes(arguments.get(2)), sizes(arguments.get(3)));
  }

  private List<Long> sizes(Object tuple) {
    if (!(tuple instanceof Tuple sizes)) {
      throw bad("its pickle is damaged: a tensor's shape is no tuple");
    }
    List<Long> numbers = new ArrayList<>(sizes.size());
    for (Object size : sizes.items()) {
      if (!(size instanceof Long number)) {
        throw bad("its pickle is damaged: a tensor's size is no whole number");
      }
      numbers.add(number);
    }
    return numbers;
  }

  private StoredTensor parameter(Tuple arguments) {
    if (arguments.size() != 3 || !(arguments.get(0) instanceof StoredTensor tensor)) {
      throw bad("its pickle is damaged: a parameter is made of something else than a tensor");
    }
    return tensor;
  }

  /** ("storage", type, key, device, elements); the old format appends None. */
  @Override
  public Object persistent(Object id) {
    if (!(id instanceof Tuple parts)
        || parts.size() < 5
        || parts.size() > 6
        || !"storage".equals(parts.get(0))
        || !(parts.get(1) instanceof DType dtype)
        || !(parts.get(2) instanceof String key)
        || !(parts.get(4) instanceof Long elements)) {
      throw bad("its pickle refers to something that is no storage");
    }
    if (parts.size() == 6 && parts.get(5) != null) {
      throw bad("it has views of storages, as PyTorch wrote them before 0.4: save it anew");
    }
    if (elements < 0 || elements > Long.MAX_VALUE / dtype.bytes()) {
      throw bad("storage %s claims %d elements".formatted(Untrusted.printable(key), elements));
    }
    StoredTensor.Storage storage = new StoredTensor.Storage(dtype, key, elements);
    StoredTensor.Storage known = storages.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw bad("storage %s is described in two ways".formatted(Untrusted.printable(key)));
    }
    return storage;
  }

  private ModelException bad(String what) {
    return new ModelException("Cannot read weights from " + where + ": " + what);
  }
}
