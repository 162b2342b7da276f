{{ form_of_requirements('quality') }}
