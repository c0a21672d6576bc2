package org.sbertspark.torchscript;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sbertspark.torchscript.CompiledModel.Program;

/** Turns module trees into programs; tensors keep their keys over all trees written with it. */
final class ModuleTreeWriter {
  private final Map<ArchiveTensor, Integer> keys = new IdentityHashMap<>();
  private final List<ArchiveTensor> tensors = new ArrayList<>();

  List<ArchiveTensor> tensors() {
    return tensors;
  }

  Program write(ScriptModule root) {
    PickleWriter pickle = new PickleWriter();
    Map<String, String> classes = new LinkedHashMap<>();
    write(root, pickle, classes);
    return new Program(String.join("", classes.values()), pickle.stop());
  }

  private void write(ScriptModule module, PickleWriter pickle, Map<String, String> classes) {
    pickle.global("__torch__", module.className()).emptyTuple().newObject();
    if (module.state().isEmpty()) {
      writeAttributes(module, pickle, classes);
    } else {
      pickle.mark();
      module.state().forEach(tensor -> write(tensor, false, pickle));
      pickle.tuple();
    }
    pickle.build();
    String text = module.text();
    String present = classes.putIfAbsent(module.className(), text);
    if (present != null && !present.equals(text)) {
      throw new IllegalStateException("Two texts for class " + module.className());
    }
  }

  private void writeAttributes(
      ScriptModule module, PickleWriter pickle, Map<String, String> classes) {
    pickle.emptyDict().mark();
    pickle.string("training").bool(false).string("_is_full_backward_hook").none();
    module
        .parameters()
        .forEach(
            (name, tensor) -> {
              pickle.string(name);
              write(tensor, true, pickle);
            });
    module
        .submodules()
        .forEach(
            (name, submodule) -> {
              pickle.string(name);
              write(submodule, pickle, classes);
            });
    pickle.setItems();
  }

  /**
   * @param trained whether the tensor is a parameter, which the plain program trains; inference
   *     runs without gradients
   */
  private void write(ArchiveTensor tensor, boolean trained, PickleWriter pickle) {
    int key =
        keys.computeIfAbsent(
            tensor,
            unseen -> {
              tensors.add(unseen);
              return tensors.size() - 1;
            });
    pickle.global("torch._utils", "_rebuild_tensor_v2").mark();
    pickle.mark().string("storage").global("torch", "FloatStorage");
    pickle.string(Integer.toString(key)).string("cpu").integer(tensor.elements()).tuple();
    pickle.persistentId().integer(0);
    pickle.integers(tensor.shape()).integers(strides(tensor.shape()));
    pickle.bool(trained).global("collections", "OrderedDict").emptyTuple().reduce();
    pickle.tuple().reduce();
  }

  private static List<Long> strides(List<Long> shape) {
    Long[] strides = new Long[shape.size()];
    long stride = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape.get(i);
    }
    return List.of(strides);
  }
}
