"""The nodes of a file that may have to be rewritten, collected in one pass."""

import libcst as cst


class Index(cst.CSTVisitor):
    """The nodes of a module, by their kind."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__()
        self.imports: list[cst.Import | cst.ImportFrom] = []
        self.attributes: list[cst.Attribute] = []
        self.calls: list[cst.Call] = []
        self.parameters: list[cst.Param] = []
        self.assigned: list[tuple[cst.Name, cst.BaseExpression]] = []
        """Assignments to a plain name: the name and the value."""
        self.annotated: list[tuple[cst.Name, cst.BaseExpression]] = []
        """Annotated names, and their annotations."""
        self.entered: list[tuple[cst.Name, cst.BaseExpression]] = []
        """``with expression as name``."""
        self.exported: set[str] = set()
        """The names in ``__all__``."""
        self.methods: list[cst.FunctionDef] = []
        self.strings: list[cst.SimpleString] = []
        self.bodies: list[cst.Module | cst.IndentedBlock] = [module]
        self.attribute_of: dict[int, cst.Attribute] = {}
        """The attribute access on a node, by the node's identity."""
        module.visit(self)

    def visit_Import(self, node: cst.Import) -> None:
        self.imports.append(node)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        self.imports.append(node)

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.attributes.append(node)
        self.attribute_of[id(node.value)] = node

    def visit_Call(self, node: cst.Call) -> None:
        self.calls.append(node)

    def visit_Param(self, node: cst.Param) -> None:
        if node.annotation is not None:
            self.annotated.append((node.name, node.annotation.annotation))

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            if isinstance(target.target, cst.Name):
                self.assigned.append((target.target, node.value))
                if target.target.value == "__all__" and isinstance(node.value, cst.List | cst.Tuple):
                    texts = (element.value for element in node.value.elements)
                    self.exported |= {str(text.evaluated_value) for text in texts if isinstance(text, cst.SimpleString)}

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if isinstance(node.target, cst.Name):
            self.annotated.append((node.target, node.annotation.annotation))

    def visit_WithItem(self, node: cst.WithItem) -> None:
        if node.asname is not None and isinstance(node.asname.name, cst.Name):
            self.entered.append((node.asname.name, node.item))

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.methods += [part for part in node.body.body if isinstance(part, cst.FunctionDef)]

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        self.strings.append(node)

    def visit_IndentedBlock(self, node: cst.IndentedBlock) -> None:
        self.bodies.append(node)
